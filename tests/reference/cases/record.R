# What every run.R shares: reading data.csv, a tight gls, the deviance without log|X'X|, writing output.json.
suppressPackageStartupMessages({library(nlme); library(emmeans); library(jsonlite)})
options(contrasts = c("contr.treatment", "contr.poly"), digits = 17)

# Rows with a missing response leave here; factor levels stay.
read_case <- function() {
  data <- read.csv("data.csv", stringsAsFactors = TRUE)
  data$id <- as.character(data$id)
  data[!is.na(data$y), ]
}

complete_subject <- function(data) names(which(table(data$id) == max(data$visitn)))[1]

TIGHT <- glsControl(tolerance = 1e-12, maxIter = 1000, msMaxIter = 1000, msTol = 1e-14)

# nlme 3.1's REML log-likelihood of a gls holds log|X'V^-1 X| and no log|X'X|: -2 logLik is this project's
# deviance as it stands. dense.R, written from the definition, says the same.
deviance_of <- function(fit) -2 * as.numeric(logLik(fit))

report_gls <- function(fit) {
  list(program = "nlme::gls", deviance = deviance_of(fit),
       coef = as.list(coef(fit)), se = as.list(sqrt(diag(vcov(fit)))))
}

# Sigma over all visits of a gls fit: varIdent ratios (if any) and the correlation of a complete subject.
sigma_of_gls <- function(fit, id, visits) {
  heterogeneous <- !is.null(fit$modelStruct$varStruct)
  ratio <- if (heterogeneous) coef(fit$modelStruct$varStruct, unconstrained = FALSE, allCoef = TRUE)[visits] else 1
  r <- corMatrix(fit$modelStruct$corStruct)[[id]]
  sd <- rep_len(fit$sigma * ratio, nrow(r))
  matrix(outer(sd, sd) * r, nrow(r))
}

report_table <- function(table) as.data.frame(table)

write_case <- function(fits, packages = c("nlme", "emmeans")) {
  versions <- lapply(setNames(packages, packages), function(p) as.character(packageVersion(p)))
  out <- list(r = R.version.string, packages = versions, fits = fits)
  write(toJSON(out, digits = I(17), auto_unbox = TRUE, pretty = TRUE, na = "null"), "output.json")
}
