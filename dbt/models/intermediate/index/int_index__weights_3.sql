-- The weights in force for the children of the nodes at level 3.
{{ config(enabled=(deepest_level() > 3)) }}
{{ index_weights(3) }}
