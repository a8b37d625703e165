"""What keeps the place safe: sanctions, the gate that others ask, the audit log."""
