#pragma once
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

// What OpenSSL offers as macros only, which Swift does not import.

static inline long copenssl_set_minimum_version(SSL_CTX *context, int version) {
  return SSL_CTX_set_min_proto_version(context, version);
}

static inline long copenssl_set_mode(SSL_CTX *context, long mode) { return SSL_CTX_set_mode(context, mode); }

static inline long copenssl_set_read_ahead(SSL_CTX *context, int on) { return SSL_CTX_set_read_ahead(context, on); }

static inline long copenssl_set_session_cache_mode(SSL_CTX *context, long mode) {
  return SSL_CTX_set_session_cache_mode(context, mode);
}

static inline long copenssl_add_chain_certificate(SSL_CTX *context, X509 *certificate) {
  return SSL_CTX_add1_chain_cert(context, certificate);
}

static inline long copenssl_set_groups(SSL_CTX *context, const char *groups) {
  return SSL_CTX_set1_groups_list(context, groups);
}

static inline long copenssl_set_message_argument(SSL *connection, void *argument) {
  return SSL_set_msg_callback_arg(connection, argument);
}

static inline EVP_PKEY *copenssl_generate_p256(void) { return EVP_EC_gen("P-256"); }

static inline long copenssl_memory(BIO *bio, const char **bytes) { return BIO_get_mem_data(bio, (char **)bytes); }

static inline unsigned long copenssl_error_reason(unsigned long code) { return (unsigned long)ERR_GET_REASON(code); }

static inline int copenssl_no_start_line(unsigned long code) {
  return ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
}

/// Without this an unexpected end of the connection would be an error of the library, not of the peer.
static const uint64_t copenssl_options =
    SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_IGNORE_UNEXPECTED_EOF |
    SSL_OP_PRIORITIZE_CHACHA;

/// Idle connections hold no buffers (34 KiB less each); with it or without, a request took the same time.
static const long copenssl_modes =
    SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS;
