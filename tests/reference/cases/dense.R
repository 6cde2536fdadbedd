# Direct evaluation of a repeated-measures model with N x N matrices, straight from the definitions:
# no sufficient statistics, no missingness patterns, no clever contraction. Slow and plain on purpose,
# so that it can be read against Kenward & Roger (1997) and shares nothing with the engine.
# random_intercept/run.R holds it against pbkrtest and lmerTest.
#
# Natural covariance parameters (those that SAS PROC MIXED prints):
#   us     lower triangle row by row        toep   one (co)variance per lag      cs  covariance, residual
#   ar1    variance, rho     ar1h  variances, rho     csh  variances, rho     toeph  variances, rho per lag
#   ad     variance, rho per step             adh    variances, rho per step      sp_exp  variance, range

correlation_of <- function(kind, rho, m, time) {
  lag <- abs(outer(seq_len(m), seq_len(m), "-"))
  if (kind == "ar1") return(rho^lag)
  if (kind == "cs") return(ifelse(lag == 0, 1, rho))
  if (kind == "toep") return(matrix(c(1, rho)[lag + 1], m))
  if (kind == "sp_exp") return(exp(-abs(outer(time, time, "-")) / rho))
  if (kind == "ad") {
    path <- diag(m)
    for (i in seq_len(m)) for (j in seq_len(m)) if (i != j) path[i, j] <- prod(rho[min(i, j):(max(i, j) - 1)])
    return(path)
  }
  stop("unknown correlation ", kind)
}

sigma_of <- function(structure, theta, m, time = NULL) {
  if (structure == "us") {
    s <- matrix(0, m, m)
    s[upper.tri(s, diag = TRUE)] <- theta
    return(s + t(s) - diag(diag(s), m))
  }
  lag <- abs(outer(seq_len(m), seq_len(m), "-"))
  if (structure == "toep") return(matrix(theta[lag + 1], m))
  if (structure == "cs") return(theta[1] + theta[2] * diag(m))
  if (structure %in% c("ar1", "ad", "sp_exp")) {
    return(theta[1] * correlation_of(structure, theta[-1], m, time))
  }
  kind <- sub("h$", "", structure)
  sd <- sqrt(theta[seq_len(m)])
  outer(sd, sd) * correlation_of(kind, theta[-seq_len(m)], m, time)
}

start_of <- function(structure, sigma, time = NULL) {
  m <- nrow(sigma); r <- cov2cor(sigma); step <- r[cbind(seq_len(m - 1), 2:m)]
  lags <- vapply(seq_len(m - 1), function(h) mean(r[row(r) - col(r) == h]), 0)
  v <- mean(diag(sigma)); mean_r <- mean(r[lower.tri(r)])
  switch(structure,
    us = sigma[upper.tri(sigma, diag = TRUE)], toep = v * c(1, lags), cs = v * c(mean_r, 1 - mean_r),
    ar1 = c(v, lags[1]), ad = c(v, step), sp_exp = c(v, mean(-diff(time) / log(pmax(step, 0.05)))),
    ar1h = c(diag(sigma), lags[1]), csh = c(diag(sigma), mean_r), toeph = c(diag(sigma), lags),
    adh = c(diag(sigma), step))
}

# First and second derivatives of sigma by Richardson extrapolation (numDeriv), elementwise.
sigma_derivatives <- function(structure, theta, m, time) {
  q <- length(theta)
  flat <- function(x) as.vector(sigma_of(structure, x, m, time))
  first <- numDeriv::jacobian(flat, theta)
  second <- lapply(seq_len(m * m), function(e) numDeriv::hessian(function(x) flat(x)[e], theta))
  list(first = lapply(seq_len(q), function(a) matrix(first[, a], m)),
       second = lapply(seq_len(q), function(a) lapply(seq_len(q), function(b)
         matrix(vapply(second, function(h) h[a, b], 0), m))))
}

# Block matrix over observations: entry (i, j) is s[visit_i, visit_j] within a subject, 0 between.
expand <- function(s, visit, same) s[visit, visit] * same

# theta as one block per covariance group; `within[[g]]` marks the pairs of observations of one subject of group g.
by_group <- function(problem, theta) split(theta, rep(seq_along(problem$within), each = length(theta) / length(problem$within)))

covariance_of <- function(problem, theta) {
  parts <- Map(function(th, same) expand(sigma_of(problem$structure, th, problem$m, problem$time), problem$visit, same),
               by_group(problem, theta), problem$within)
  Reduce(`+`, parts)
}

dense_parts <- function(problem, theta) {
  with(problem, {
    v <- covariance_of(problem, theta)
    vi <- chol2inv(chol(v))
    a <- crossprod(x, vi %*% x)
    phi <- chol2inv(chol(a)); dimnames(phi) <- dimnames(a)
    p <- vi - vi %*% x %*% phi %*% t(x) %*% vi
    beta <- drop(phi %*% crossprod(x, vi %*% y)); r <- y - drop(x %*% beta)
    n <- length(y) - if (reml) ncol(x) else 0
    deviance <- n * log(2 * pi) + as.numeric(determinant(v)$modulus) + sum(r * (vi %*% r)) +
      if (reml) as.numeric(determinant(a)$modulus) else 0
    list(v = v, vi = vi, phi = phi, p = p, beta = beta, r = r, deviance = deviance)
  })
}

dense_derivatives <- function(problem, theta, parts) {
  q <- length(theta); per <- q / length(problem$within); zero <- parts$v * 0
  d <- lapply(by_group(problem, theta), function(th) sigma_derivatives(problem$structure, th, problem$m, problem$time))
  place <- function(a) list(g = (a - 1) %/% per + 1, a = (a - 1) %% per + 1)
  va <- lapply(seq_len(q), function(a) { i <- place(a)
    expand(d[[i$g]]$first[[i$a]], problem$visit, problem$within[[i$g]]) })
  vab <- lapply(seq_len(q), function(a) lapply(seq_len(q), function(b) { i <- place(a); j <- place(b)
    if (i$g != j$g) zero else expand(d[[i$g]]$second[[i$a]][[j$a]], problem$visit, problem$within[[i$g]]) }))
  projector <- if (problem$reml) parts$p else parts$vi
  py <- drop(parts$vi %*% parts$r)
  g <- numeric(q); observed <- expected <- matrix(0, q, q)
  for (a in seq_len(q)) {
    g[a] <- sum(projector * va[[a]]) - sum(py * (va[[a]] %*% py))
    for (b in seq_len(q)) {
      tr <- sum((projector %*% va[[a]]) * t(projector %*% va[[b]]))
      expected[a, b] <- tr
      observed[a, b] <- -tr + 2 * sum((va[[a]] %*% py) * (parts$p %*% (va[[b]] %*% py))) +
        sum(projector * vab[[a]][[b]]) - sum(py * (vab[[a]][[b]] %*% py))
    }
  }
  list(gradient = g, observed = observed, expected = expected, va = va, vab = vab)
}

# Newton on the observed Hessian with step halving, from an ordinary start: a tight optimum.
fit_dense <- function(formula, data, structure, subject = "id", visit = "visitn", time = NULL, reml = TRUE,
                      group = NULL) {
  data <- data[!is.na(data[[all.vars(formula)[1]]]), ]
  problem <- list(x = model.matrix(formula, data), y = model.response(model.frame(formula, data)),
                  visit = data[[visit]], same = outer(data[[subject]], data[[subject]], "==") * 1,
                  m = max(data[[visit]]), structure = structure, time = time, reml = reml)
  levels <- if (is.null(group)) rep("all", nrow(data)) else as.character(data[[group]])
  problem$within <- lapply(setNames(nm = sort(unique(levels))), function(g) problem$same * outer(levels == g, levels == g))
  objective <- function(th) tryCatch(dense_parts(problem, th)$deviance, error = function(e) 1e10)
  r <- lm.fit(problem$x, problem$y)$residuals
  moments <- function(same) outer(seq_len(problem$m), seq_len(problem$m), Vectorize(function(i, j) {
    both <- which(outer(problem$visit == i, problem$visit == j) * same == 1, arr.ind = TRUE)
    mean(r[both[, 1]] * r[both[, 2]])
  }))
  start <- unlist(lapply(problem$within, function(same) start_of(structure, moments(same), time)), use.names = FALSE)
  theta <- nlminb(start, objective, control = list(iter.max = 2000, eval.max = 5000, rel.tol = 1e-13))$par
  for (iteration in 1:60) {
    parts <- dense_parts(problem, theta); d <- dense_derivatives(problem, theta, parts)
    step <- solve(d$observed, d$gradient)
    if (sum(step * d$gradient) < 1e-20) break
    scale <- 1
    while (objective(theta - scale * step) > parts$deviance + 1e-9 && scale > 1e-6) scale <- scale / 2
    theta <- theta - scale * step
  }
  parts <- dense_parts(problem, theta); d <- dense_derivatives(problem, theta, parts)
  sigma <- lapply(by_group(problem, theta), function(th) sigma_of(structure, th, problem$m, time))
  c(problem, parts, d, list(theta = theta, sigma = if (is.null(group)) sigma[[1]] else setNames(sigma, names(problem$within)),
                            decrement = sum(solve(d$observed, d$gradient) * d$gradient)))
}

# Kenward & Roger (1997): adjusted covariance and, for rows l, the F test.
kenward_roger <- function(fit, linear = FALSE, information = "observed") {
  omega <- 2 * solve(fit[[information]])
  q <- length(fit$theta); vix <- fit$vi %*% fit$x
  p <- lapply(fit$va, function(v) -crossprod(vix, v %*% vix))
  middle <- 0
  for (a in seq_len(q)) for (b in seq_len(q)) {
    q_ab <- crossprod(vix, fit$va[[a]] %*% fit$vi %*% fit$va[[b]] %*% vix)
    r_ab <- if (linear) 0 else crossprod(vix, fit$vab[[a]][[b]] %*% vix)
    middle <- middle + omega[a, b] * (q_ab - p[[a]] %*% fit$phi %*% p[[b]] - r_ab / 4)
  }
  list(omega = omega, p = p, phi = fit$phi, phi_a = fit$phi + 2 * fit$phi %*% middle %*% fit$phi)
}

kr_test <- function(fit, kr, l) {
  l <- rbind(l); ell <- nrow(l); theta <- t(l) %*% solve(l %*% kr$phi %*% t(l)) %*% l
  u <- lapply(kr$p, function(pa) theta %*% kr$phi %*% pa %*% kr$phi)
  tr <- vapply(u, function(m) sum(diag(m)), 0)
  pair <- outer(seq_along(u), seq_along(u), Vectorize(function(a, b) sum(u[[a]] * t(u[[b]]))))
  a1 <- sum(kr$omega * outer(tr, tr)); a2 <- sum(kr$omega * pair)
  b <- (a1 + 6 * a2) / (2 * ell)
  g <- ((ell + 1) * a1 - (ell + 4) * a2) / ((ell + 2) * a2)
  denominator <- 3 * ell + 2 * (1 - g)
  c1 <- g / denominator; c2 <- (ell - g) / denominator; c3 <- (ell + 2 - g) / denominator
  e <- 1 / (1 - a2 / ell); v <- (2 / ell) * (1 + c1 * b) / ((1 - c2 * b)^2 * (1 - c3 * b))
  rho <- v / (2 * e^2); df <- 4 + (ell + 2) / (ell * rho - 1); lambda <- df / (e * (df - 2))
  est <- drop(l %*% fit$beta)
  f <- lambda / ell * sum(est * solve(l %*% kr$phi_a %*% t(l), est))
  list(num_df = ell, den_df = df, scale = lambda, F = f, p = pf(f, ell, df, lower.tail = FALSE))
}

satterthwaite_df <- function(fit, kr, row) {
  variance <- sum(row * (fit$phi %*% row))
  g <- vapply(kr$p, function(pa) -sum(row * (fit$phi %*% pa %*% fit$phi %*% row)), 0)
  2 * variance^2 / sum(g * (kr$omega %*% g))
}

satterthwaite_test <- function(fit, kr, l) {
  l <- rbind(l); ell <- nrow(l); est <- drop(l %*% fit$beta); v <- l %*% fit$phi %*% t(l)
  e <- eigen(v, symmetric = TRUE)
  nu <- vapply(seq_len(ell), function(i) satterthwaite_df(fit, kr, drop(e$vectors[, i] %*% l)), 0)
  total <- sum(ifelse(nu > 2, nu / (nu - 2), 0))
  df <- if (ell == 1) nu else 2 * total / (total - ell)
  f <- sum(est * solve(v, est)) / ell
  list(num_df = ell, den_df = df, F = f, p = pf(f, ell, df, lower.tail = FALSE))
}

# Everything a test wants of one dense fit. `tests` is a named list of contrast matrices.
report_dense <- function(fit, tests = list()) {
  k <- length(fit$beta); rows <- diag(k)
  full <- kenward_roger(fit); linear <- kenward_roger(fit, linear = TRUE)
  one <- function(kr) vapply(seq_len(k), function(i) kr_test(fit, kr, rows[i, ])$den_df, 0)
  list(program = "dense.R", deviance = fit$deviance, decrement = fit$decrement,
       theta = fit$theta, sigma = fit$sigma, coef = as.list(fit$beta),
       se = as.list(setNames(sqrt(diag(fit$phi)), names(fit$beta))),
       se_kr = as.list(setNames(sqrt(diag(full$phi_a)), names(fit$beta))),
       se_kr_linear = as.list(setNames(sqrt(diag(linear$phi_a)), names(fit$beta))),
       df_kr = as.list(setNames(one(full), names(fit$beta))),
       df_satterthwaite = as.list(setNames(vapply(seq_len(k), function(i)
         satterthwaite_df(fit, full, rows[i, ]), 0), names(fit$beta))),
       tests = lapply(tests, function(l) list(L = l, kr = kr_test(fit, full, l),
                                              kr_linear = kr_test(fit, linear, l),
                                              satterthwaite = satterthwaite_test(fit, full, l))))
}

# Cluster-robust covariances with Satterthwaite-type (Bell & McCaffrey) df, every subject a cluster. A subject's weight
# w multiplies its score; the working model stays Var(y_i) = V_i. With H = X Phi X'WV^-1 and V* the block of
# (I - H) V (I - H)' of one subject, both CR2 rules give A V* A' = V (unbiased under the working model):
#   CR2            A = L (L^-1 V* L^-T)^-1/2 L^-1, V = LL': residuals whitened first (R mmrm's definition)
#   CR2_target     A = L (L' V* L)^-1/2 L'       : Pustejovsky & Tipton (2018), clubSandwich
# and CR3 takes the block of (I - H) itself, A = (I - H_ii)^-1 (the leave-one-subject-out residual).
sandwich_dense <- function(fit, type, weight = rep(1, nrow(fit$x))) {
  power <- function(m, p) { e <- eigen(m, symmetric = TRUE); e$vectors %*% (e$values^p * t(e$vectors)) }
  xwv <- t(fit$x) %*% (weight * fit$vi)  # weights are constant within a subject: diag(w) commutes with V
  phi <- solve(xwv %*% fit$x)
  residual_maker <- diag(nrow(fit$x)) - fit$x %*% phi %*% xwv
  spread <- residual_maker %*% fit$v %*% t(residual_maker)
  r <- drop(fit$y - fit$x %*% (phi %*% xwv %*% fit$y))
  adjust <- function(v, v_star, leave) {
    l <- t(chol(v)); li <- solve(l)
    switch(type, CR0 = diag(nrow(v)), CR2 = l %*% power(li %*% v_star %*% t(li), -0.5) %*% li,
           CR2_target = l %*% power(t(l) %*% v_star %*% l, -0.5) %*% t(l), CR3 = solve(leave))
  }
  subjects <- unique(lapply(seq_len(nrow(fit$x)), function(i) which(fit$same[i, ] == 1)))
  # one k x n_i block per subject: Phi X_i' w_i V_i^-1 A_i, acting on the residuals
  blocks <- lapply(subjects, function(i) {
    v <- fit$v[i, i, drop = FALSE]; x <- fit$x[i, , drop = FALSE]
    weight[i[1]] * phi %*% t(x) %*% solve(v) %*% adjust(v, spread[i, i, drop = FALSE], residual_maker[i, i, drop = FALSE])
  })
  scores <- mapply(function(b, i) b %*% r[i], blocks, subjects)
  df <- vapply(seq_len(ncol(fit$x)), function(j) {
    g <- mapply(function(b, i) { out <- numeric(nrow(fit$x)); out[i] <- b[j, ]; out }, blocks, subjects)
    m <- t(g) %*% spread %*% g
    sum(diag(m))^2 / sum(m^2)
  }, 0)
  list(program = "dense.R", vcov = unname(tcrossprod(scores)), df = as.list(setNames(df, colnames(fit$x))))
}

# The problem of one fit evaluated at the parameters of another.
at_theta <- function(fit, theta) {
  problem <- fit[c("x", "y", "visit", "same", "within", "m", "structure", "time", "reml")]
  c(problem, dense_parts(problem, theta))
}
