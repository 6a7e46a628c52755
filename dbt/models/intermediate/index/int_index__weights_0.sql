-- The weights in force for the children of the nodes at level 0.
{{ config(enabled=(deepest_level() > 0)) }}
{{ index_weights(0) }}
