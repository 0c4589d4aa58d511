"""What the doubles share whose hooks tell of items in a list "messaging", and which are sent to by a recipient."""
