"""Who people are: sign-up and login, roles, short-lived tokens, stream keys."""
