"""Conversations between a person and the brand: receive, reply, settle, assign, snooze, close."""
