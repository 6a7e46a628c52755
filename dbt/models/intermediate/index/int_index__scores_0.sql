-- The scores of the groups at level 0, the indices themselves.
{{ config(enabled=(deepest_level() > 0)) }}
{{ index_scores(0) }}
