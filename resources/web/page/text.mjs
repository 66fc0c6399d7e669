// Texts as the student takes them: words by number, or the tokens of a tokenizer.json.

export function wordReader(how) {
  const split = new RegExp(how.split, "gu");
  const numbers = new Map(how.words.map((word, at) => [word, how.first_word + at]));
  return (text) => {
    const found = (text.toLowerCase().match(split) || []).slice(0, how.length);
    const numbered = found.map((word) => numbers.get(word) ?? how.unknown);
    return fed(numbered.length ? numbered : [how.padding], (number) => number !== how.padding);
  };
}

export async function tokenReader(how) {
  const { Tokenizer } = await import("./tokenizers.min.mjs");
  const tokenizer = new Tokenizer(how.tokenizer, {});
  const own = tokenizer.encode("", { add_special_tokens: true }).ids.length;
  return (text) => {
    // What a tokenizer puts around a text stays when the text is cut.
    const bare = tokenizer.encode(text, { add_special_tokens: false }).ids;
    const whole = tokenizer.encode(text, { add_special_tokens: true }).ids;
    const before = own ? whole.findIndex((_, at) => bare.every((id, k) => whole[at + k] === id)) : 0;
    const kept = bare.slice(0, Math.max(0, how.length - (whole.length - bare.length)));
    const ids = [...whole.slice(0, before), ...kept, ...whole.slice(before + bare.length)];
    return fed(ids.length ? ids : [how.padding], () => true);
  };
}

function fed(numbers, isWord) {
  const dims = [1, numbers.length];
  const data = BigInt64Array.from(numbers, BigInt);
  const mask = BigInt64Array.from(numbers, (number) => (isWord(number) ? 1n : 0n));
  return { input_ids: { type: "int64", dims, data }, attention_mask: { type: "int64", dims, data: mask } };
}
