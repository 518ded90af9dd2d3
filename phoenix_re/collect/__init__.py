"""Sources to raw listings: reading, versions, events. No judgement of values here."""
