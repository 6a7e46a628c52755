-- Weights that SQL finds over all indicators of a framework at once.
{{ index_candidates('all') }}
