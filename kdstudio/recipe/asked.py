"""How a teacher behind an endpoint is asked."""

from pydantic import BaseModel, ConfigDict, Field


class Asked(BaseModel):
    """The settings of a request, which stand beside each answer that was recorded."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    model: str = ""
    max_tokens: int = Field(512, ge=1)
    temperature: float = Field(1.0, ge=0, le=5)
    top_logprobs: int = Field(20, ge=0, le=1000)
