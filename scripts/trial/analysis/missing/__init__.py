"""Missing data as arrays: imputation under named assumptions, pooling, shifts that end a conclusion."""
