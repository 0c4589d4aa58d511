"""Where platforms and conversations meet: arrivals are kept and sorted, answers are delivered and accounted for."""
