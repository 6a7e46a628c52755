-- The weights in force for the children of the nodes at level 4.
{{ config(enabled=(deepest_level() > 4)) }}
{{ index_weights(4) }}
