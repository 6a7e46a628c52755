-- Weights that SQL finds for the children of the nodes at level 1.
{{ config(enabled=(deepest_level() > 1)) }}
{{ index_candidates(1) }}
