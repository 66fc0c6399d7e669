"""How a conversation becomes the text of a tokenizer: by the model's chat template, else in the plain format."""

from dataclasses import dataclass

from kdstudio.core.errors import ModelError
from kdstudio.data.text.conversation import Conversation, Turn


@dataclass(frozen=True, slots=True)
class Rendered:
    """A text, where (from, to) in it the wanted turns stand, and whether it has its marks at both ends already."""

    text: str
    spans: tuple[tuple[int, int], ...]
    is_marked: bool


@dataclass(frozen=True, slots=True)
class Chat:
    """What a tokenizer's folder says of conversations: its `template` (Jinja), and its marks `begin` and `end`."""

    template: str = ""
    begin: str = ""
    end: str = ""

    def render(self, one: Conversation) -> Rendered:
        """Return a conversation as text; raises ModelError where the template cannot write it.

        The end of a whole answer is a mark that the student learns, too: otherwise it would never stop writing.
        """
        if not self.template or one.is_continued:
            return Rendered(str(one) + (self.end if one.ends else ""), one.spans, False)
        whole = self._filled(one.turns)
        spans = [self._span(whole, one.turns, number) for number, turn in enumerate(one.turns) if turn.wanted]
        if not one.ends:
            whole = whole[: spans[-1][1]]
        return Rendered(whole, tuple(spans), True)

    def _span(self, whole: str, turns: tuple[Turn, ...], number: int) -> tuple[int, int]:
        """Return where an answer stands: behind what the template writes to ask for it."""
        before = self._filled(turns[:number], asks=True)
        start = len(before) if whole.startswith(before) else _behind(whole, turns[:number])
        for said in (turns[number].text, turns[number].text.strip()):  # most templates trim what they are given
            if (at := whole.find(said, start)) >= 0:
                return at, at + len(said)
        message = "the chat template of the model leaves out what an answer says"
        raise ModelError(message, hint="Use a model without a template, or another one.")

    def _filled(self, turns: tuple[Turn, ...], *, asks: bool = False) -> str:
        from transformers.utils.chat_template_utils import render_jinja_template

        said = [{"role": turn.role, "content": turn.text} for turn in turns]
        try:
            (text,), _ = render_jinja_template(
                conversations=[said],
                chat_template=self.template,
                add_generation_prompt=asks,
                bos_token=self.begin,
                eos_token=self.end,
            )
        except Exception as error:  # a template may raise what it likes, and says so to the person who wrote the rows
            what = (str(error).splitlines() or [type(error).__name__])[0][:200]
            hint = "Write the roles as the model knows them: usually user and assistant in turn."
            raise ModelError(f"the chat template of the model refuses a conversation: {what}", hint=hint) from error
        return str(text)


def _behind(whole: str, turns: tuple[Turn, ...]) -> int:
    """Return where the last of some turns ends, found one after the other."""
    at = 0
    for turn in turns:
        said = turn.text.strip()
        found = whole.find(said, at)
        at = found + len(said) if found >= 0 else at
    return at
