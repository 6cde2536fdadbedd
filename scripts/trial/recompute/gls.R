# The primary model by nlme::gls, LS means by emmeans: Rscript gls.R FOLDER
# Each folder inside FOLDER holds rows.csv and model.csv of one endpoint; numbers.csv is written beside them.
suppressPackageStartupMessages({
  library(nlme)
  library(emmeans)
})

tight <- glsControl(maxIter = 500, msMaxIter = 500, tolerance = 1e-12, msTol = 1e-12, opt = "nlminb")

read_rows <- function(folder, levels) {
  rows <- read.csv(file.path(folder, "rows.csv"), colClasses = c(USUBJID = "character", ARM = "character",
                                                                AVISIT = "character"))
  rows$ARM <- factor(rows$ARM, strsplit(levels$arms, " ")[[1]])
  rows$AVISIT <- factor(rows$AVISIT, strsplit(levels$visits, " ")[[1]])
  text <- vapply(rows, is.character, NA)
  text["USUBJID"] <- FALSE
  rows[text] <- lapply(rows[text], function(one) factor(one, sort(unique(one))))
  rows
}

correlations <- list(
  us = corSymm(form = ~ VISITN | USUBJID), ar1h = corAR1(form = ~ VISITN | USUBJID),
  ar1 = corAR1(form = ~ VISITN | USUBJID), csh = corCompSymm(form = ~ VISITN | USUBJID),
  cs = corCompSymm(form = ~ VISITN | USUBJID)
)

# Covariance of all visits: the correlations of a structure at every visit, times the standard deviations.
covariance <- function(fit, rows, structure) {
  visits <- levels(rows$AVISIT)
  step <- tapply(rows$VISITN, rows$AVISIT, function(one) one[1])[visits]
  found <- coef(fit$modelStruct$corStruct, unconstrained = FALSE)
  r <- diag(length(visits))
  if (structure == "us") r[lower.tri(r)] <- found
  else if (structure %in% c("ar1", "ar1h")) r <- unname(found)^abs(outer(step, step, "-"))
  else r[] <- ifelse(row(r) == col(r), 1, found)
  r[upper.tri(r)] <- t(r)[upper.tri(r)]
  ratio <- rep(1, length(visits))
  if (structure %in% c("us", "ar1h", "csh"))
    ratio <- coef(fit$modelStruct$varStruct, unconstrained = FALSE, allCoef = TRUE)[visits]
  sd <- fit$sigma * ratio
  matrix(r * outer(sd, sd), length(visits), dimnames = list(visits, visits))
}

fit_endpoint <- function(folder) {
  model <- read.csv(file.path(folder, "model.csv"), colClasses = "character")
  rows <- read_rows(folder, model)
  varies <- model$structure %in% c("us", "ar1h", "csh")
  fit <- do.call(gls, list(
    as.formula(model$formula), data = rows, correlation = correlations[[model$structure]],
    weights = if (varies) varIdent(form = ~ 1 | AVISIT), method = model$method, control = tight
  ))
  sigma <- covariance(fit, rows, model$structure)
  upper <- which(upper.tri(sigma, diag = TRUE), arr.ind = TRUE)
  numbers <- data.frame(
    visit = "", group = "",
    statistic = c("deviance", sprintf("cov.%s.%s", rownames(sigma)[upper[, 1]], colnames(sigma)[upper[, 2]])),
    value = c(-2 * as.numeric(logLik(fit)), sigma[upper])
  )
  if (model$means == "equal") {
    means <- as.data.frame(emmeans(fit, ~ ARM | AVISIT, mode = "asymptotic", data = rows))
    numbers <- rbind(numbers, data.frame(visit = as.character(means$AVISIT), group = as.character(means$ARM),
                                         statistic = "lsmean", value = means$emmean))
  }
  numbers$value <- sprintf("%.17g", numbers$value)
  write.csv(numbers, file.path(folder, "numbers.csv"), row.names = FALSE, quote = FALSE)
}

for (folder in list.dirs(commandArgs(trailingOnly = TRUE)[1], recursive = FALSE)) {
  failed <- try(fit_endpoint(folder), silent = TRUE)
  if (inherits(failed, "try-error"))
    write.csv(data.frame(error = gsub("\n", " ", conditionMessage(attr(failed, "condition")))),
              file.path(folder, "error.csv"), row.names = FALSE)
}
