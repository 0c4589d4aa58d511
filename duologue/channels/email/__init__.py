"""E-mail: read by IMAP, sent by SMTP. Quirks, sources and dates are in README.md."""
