"""The families of methods, in the order in which they are offered."""

FAMILIES = {
    "response": "Responses: what the teacher answers",
    "feature": "Features: what its layers see",
    "relation": "Relations: how inputs lie to each other",
    "self": "Self: the student is its own teacher",
    "sequence": "Sequences: one answer for each token",
    "control": "Controls: what works without a teacher",
}
