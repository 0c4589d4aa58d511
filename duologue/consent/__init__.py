"""May this leave, now, to this address, and why not: one answer for people, automations and the API."""
