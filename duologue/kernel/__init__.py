"""What every room stands on: database, journal, jobs, vault, egress, clock and ids. It knows no room."""
