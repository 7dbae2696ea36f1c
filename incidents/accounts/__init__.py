"""Sign staff in, limit what a session may reach, and give people posts.

`sessions` begins and ends sessions and resolves them to a user; `factors` and `passkeys` check second factors;
`sign_in_throttle` limits guessing; `city_account` speaks with the city's OpenID provider; `posts` gives posts.
"""
