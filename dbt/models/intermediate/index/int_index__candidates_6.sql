-- Weights that SQL finds for the children of the nodes at level 6.
{{ config(enabled=(deepest_level() > 6)) }}
{{ index_candidates(6) }}
