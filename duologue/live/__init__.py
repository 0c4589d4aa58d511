"""What happens is on every screen at once: one event stream a page, following the journal."""
