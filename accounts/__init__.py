"""Who people are: sign-up and login, roles, short-lived tokens, stream keys; whom they block and follow.

name + password --> service --> SignedTokens.issue --> token --> SignedTokens.principal --> Principal
                                                                       ^
role granted, signed out everywhere --> SQL --> StandingKeeper --> Standings (in memory, at most 0.5 s old)
"""
