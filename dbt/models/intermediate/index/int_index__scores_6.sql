-- The scores of the groups at level 6.
{{ config(enabled=(deepest_level() > 6)) }}
{{ index_scores(6) }}
