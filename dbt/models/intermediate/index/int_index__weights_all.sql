-- The weights in force over all indicators of a framework at once.
{{ index_weights('all') }}
