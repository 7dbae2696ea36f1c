"""What the control room does: who has which incident in hand, its log, its acts, and how a shift is handed over."""
