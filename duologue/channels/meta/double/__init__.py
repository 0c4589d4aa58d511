"""What the doubles of these platforms share: signed delivery, misbehaviour, errors as the API words them, files."""
