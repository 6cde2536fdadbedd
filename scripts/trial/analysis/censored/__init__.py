"""Values below or above the quantification limit, taken as what they are: intervals. Arrays in, arrays out."""
