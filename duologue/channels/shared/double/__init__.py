"""What the doubles of several platforms share: handles for scripts, misbehaviour, a port, samples."""
