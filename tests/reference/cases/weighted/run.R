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
write_case(list(
  gls_reml = c(report_gls(fit), list(sigma = sigma_of_gls(fit, first, levels(data$visit)))),
  CR0 = list(program = "clubSandwich::vcovCR", vcov = as.matrix(v)),
  dense_reml = report_dense(fit_dense(formula, copies, "us", subject = "copy"))
), c("nlme", "clubSandwich", "numDeriv"))
