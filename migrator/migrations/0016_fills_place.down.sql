DROP INDEX IF EXISTS fills_place_idx;
