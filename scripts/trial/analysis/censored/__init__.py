"""Values below or above the quantification limit, taken as intervals. Arrays in, arrays out."""
