"""What was given and taken back is in no contribution list and no fan level.

Revision 0011, after 0010. Only the sums of those change who were given a gift back before.
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_CORRECTED = "SELECT 1 FROM ledger_corrections WHERE subject = 'gift:' || gifts.id"
_SENDERS = f"SELECT sender FROM gifts WHERE EXISTS ({_CORRECTED})"
FORGET = f"DELETE FROM gift_totals WHERE sender IN ({_SENDERS})"
SUMS = (
    "INSERT INTO gift_totals (room, day, host, sender, sender_name, coins, gifts, first_at_ms, last_at_ms)"
    " SELECT room, accepted_at_ms / 86400000, recipient, sender, MAX(sender_name), SUM(coins), COUNT(*),"
    " MIN(accepted_at_ms), MAX(accepted_at_ms)"
    " FROM gifts WHERE id NOT IN (SELECT gift_id FROM gift_outbox)"
    f" AND sender IN ({_SENDERS}) AND NOT EXISTS ({_CORRECTED})"
    " GROUP BY room, accepted_at_ms / 86400000, recipient, sender"
)


def upgrade() -> None:
    op.execute(FORGET)
    op.execute(SUMS)


def downgrade() -> None:
    """The sums are right for whoever reads them."""
