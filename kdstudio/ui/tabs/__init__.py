"""The tabs of Understand, one file each; `tab` says what they have in common."""
