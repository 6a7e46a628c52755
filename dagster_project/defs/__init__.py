"""Assets, thin: each reads, calls lib/ and returns metadata."""
