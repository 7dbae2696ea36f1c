"""Ideas: received, checked, published, supported, answered with reasons, and what is kept of their senders."""
