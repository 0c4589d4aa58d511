"""The people who answer: signing in, inviting, roles, sessions, and the keys of programs that act for them."""
