"""What keeps the place safe: sanctions, the gate that others ask, the audit log.

admin API --> service --> SQL (sanction and audit row, one transaction) --> cache emptied --> SanctionImposed
another domain --> gate.check --> cache, a miss reads SQL --> returns, or raises Sanctioned
"""
