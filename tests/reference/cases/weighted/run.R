source("../record.R"); source("../dense.R")
suppressPackageStartupMessages(library(clubSandwich))
data <- read_case()

# A subject weight multiplies the subject's log-likelihood: with whole numbers that is the same as
# having the subject that many times in the data. The copies are subjects to gls, and one cluster to the sandwich.
copies <- data[rep(seq_len(nrow(data)), data$w), ]
copies$copy <- paste(copies$id, ave(copies$w, copies$id, copies$visit, FUN = seq_along))
formula <- y ~ base + arm * visit

fit <- gls(y ~ base + arm * visit, data = copies, correlation = corSymm(form = ~ visitn | copy),
           weights = varIdent(form = ~ 1 | visit), method = "REML", control = TIGHT)
first <- copies$copy[copies$id == complete_subject(data)][1]
v <- vcovCR(fit, cluster = copies$id, type = "CR0")
dense <- fit_dense(formula, copies, "us", subject = "copy")
# The sandwich at the copies' Sigma, on the data themselves: w multiplies the score, Var(y_i) stays Sigma.
single <- at_theta(fit_dense(formula, data, "us"), dense$theta)
types <- c("CR0", "CR2", "CR3")

write_case(list(
  gls_reml = c(report_gls(fit), list(sigma = sigma_of_gls(fit, first, levels(data$visit)))),
  CR0 = list(program = "clubSandwich::vcovCR", vcov = as.matrix(v)),
  dense_reml = report_dense(dense),
  dense_sandwich = lapply(setNames(types, types), function(type) sandwich_dense(single, type, data$w))
), c("nlme", "clubSandwich", "numDeriv"))
