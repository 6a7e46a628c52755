-- The weights in force for the children of the nodes at level 5.
{{ config(enabled=(deepest_level() > 5)) }}
{{ index_weights(5) }}
