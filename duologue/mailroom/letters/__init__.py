"""Answers that a person did not see before they left go after them by mail, and what they write back comes home."""
