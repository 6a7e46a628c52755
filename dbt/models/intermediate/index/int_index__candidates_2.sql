-- Weights that SQL finds for the children of the nodes at level 2.
{{ config(enabled=(deepest_level() > 2)) }}
{{ index_candidates(2) }}
