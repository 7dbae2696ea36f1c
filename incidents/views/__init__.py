"""Pages and APIs, one package per kind of user. A view asks `access`, does one thing and shows the result."""
