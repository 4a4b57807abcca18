"""The journal: log, state and outgoing messages in one database, one transaction for each revision or batch of them."""
