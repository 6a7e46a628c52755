-- The scores of the groups at level 5.
{{ config(enabled=(deepest_level() > 5)) }}
{{ index_scores(5) }}
