-- The weights in force for the children of the nodes at level 6.
{{ config(enabled=(deepest_level() > 6)) }}
{{ index_weights(6) }}
