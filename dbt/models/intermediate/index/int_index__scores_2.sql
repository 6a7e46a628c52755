-- The scores of the groups at level 2.
{{ config(enabled=(deepest_level() > 2)) }}
{{ index_scores(2) }}
