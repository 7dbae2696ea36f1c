"""Pages and APIs, laid out by who uses them. A view asks `access`, does one thing, shows the result."""
