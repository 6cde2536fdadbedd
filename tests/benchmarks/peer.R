# The public peer: nlme::gls (corSymm + varIdent) and emmeans. Arguments: data.csv, formula, repeats, out.json.
# Times are medians of processor seconds of the calls alone, without R's start or the reading of the file.
suppressPackageStartupMessages({library(nlme); library(emmeans); library(jsonlite)})
args <- commandArgs(trailingOnly = TRUE)
data <- read.csv(args[1], stringsAsFactors = TRUE)
data <- data[!is.na(data$Y), ]
data$VISITN <- as.integer(data$AVISIT)
formula <- as.formula(args[2]); repeats <- as.integer(args[3])

fit_once <- function() do.call(gls, list(formula, data = data, correlation = corSymm(form = ~ VISITN | USUBJID),
                                         weights = varIdent(form = ~ 1 | AVISIT), method = "REML"))
cpu_time <- function(call) sum(system.time(call)[c("user.self", "sys.self")])
median_time <- function(f) median(vapply(seq_len(repeats), function(i) cpu_time(f()), 0))

first <- cpu_time(fit <- fit_once())
fit_time <- if (repeats > 1) median_time(fit_once) else first
out <- list(r = R.version.string, nlme = as.character(packageVersion("nlme")),
            emmeans = as.character(packageVersion("emmeans")), deviance = -2 * as.numeric(logLik(fit)),
            n_coefficients = length(coef(fit)), n_obs = nrow(data), fit = fit_time)
record <- function() write(toJSON(out, digits = I(15), auto_unbox = TRUE, na = "null"), args[4])
record()
means <- function(mode) as.data.frame(contrast(emmeans(fit, ~ ARMCD | AVISIT, mode = mode), "trt.vs.ctrl1"))
out$means_plain <- median_time(function() means("df.error"))
record()

# Satterthwaite df of a gls in emmeans: refits to randomly shifted responses, which sometimes fail; successes count.
residual_df <- means("df.error")$df
try_once <- function(seed) {
  set.seed(seed)
  df <- NULL
  time <- cpu_time(df <- tryCatch(means("appx-satterthwaite")$df, error = function(e) NULL))
  # where it cannot, emmeans falls back to the residual df without an error: that is no success
  if (is.null(df) || all(abs(df - residual_df) < 1e-6)) NA else time
}
times <- vapply(seq_len(max(5, repeats)), try_once, 0)
out$means_satterthwaite <- if (all(is.na(times))) NA else median(times, na.rm = TRUE)
out$satterthwaite_failures <- sum(is.na(times))
record()
