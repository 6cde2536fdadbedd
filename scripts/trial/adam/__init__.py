"""Studies that are already analysed data: ADaM's ADSL and BDS data sets, taken as given and checked."""
