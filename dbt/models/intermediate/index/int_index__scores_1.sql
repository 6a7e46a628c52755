-- The scores of the groups at level 1.
{{ config(enabled=(deepest_level() > 1)) }}
{{ index_scores(1) }}
