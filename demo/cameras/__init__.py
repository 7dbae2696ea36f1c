"""A camera server for the demo and the tests: invented streets, and every way in which a camera can misbehave."""
