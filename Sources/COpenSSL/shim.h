#pragma once
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/ocsp.h>
#include <openssl/params.h>
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

/// The key of a session ticket's authentication code (HMAC with SHA-256). Returns 1, or 0 where OpenSSL fails.
static inline int copenssl_set_ticket_mac(EVP_MAC_CTX *mac, const unsigned char *key, size_t length) {
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, (void *)key, length),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)"SHA256", 0),
      OSSL_PARAM_construct_end(),
  };
  return EVP_MAC_CTX_set_params(mac, parameters);
}

static inline int copenssl_new_context_index(CRYPTO_EX_free *release) {
  return CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_SSL_CTX, 0, NULL, NULL, NULL, release);
}

static inline long copenssl_set_status_callback(SSL_CTX *context, int (*callback)(SSL *, void *)) {
  return SSL_CTX_set_tlsext_status_cb(context, callback);
}

/// Gives the connection a copy of a stapled OCSP response. Returns 1, or 0 where there is no memory.
static inline long copenssl_staple(SSL *connection, const unsigned char *bytes, long count) {
  void *copy = OPENSSL_memdup(bytes, (size_t)count);
  return copy == NULL ? 0 : SSL_set_tlsext_status_ocsp_resp(connection, copy, count);
}

/// What an OCSP response (RFC 6960, DER) says of a certificate. Its signature is the client's to check.
/// Returns 0, with the status and the time of the next update (0 where it names none) set; 1 where the bytes are no OCSP response; 2
/// where the responder answered with an error; 3 where it says nothing about this certificate.
static inline int copenssl_read_ocsp(
    const unsigned char *bytes, long count, X509 *certificate, int *status, int64_t *next_update) {
  const unsigned char *end = bytes;
  OCSP_RESPONSE *response = d2i_OCSP_RESPONSE(NULL, &end, count);
  if (response == NULL) return 1;
  OCSP_BASICRESP *basic = NULL;
  int result = 2;
  if (OCSP_response_status(response) == OCSP_RESPONSE_STATUS_SUCCESSFUL) basic = OCSP_response_get1_basic(response);
  if (basic != NULL) {
    result = 3;
    for (int index = 0; index < OCSP_resp_count(basic) && result != 0; index++) {
      OCSP_SINGLERESP *one = OCSP_resp_get0(basic, index);
      ASN1_INTEGER *serial = NULL;
      if (one == NULL || OCSP_id_get0_info(NULL, NULL, NULL, &serial, (OCSP_CERTID *)OCSP_SINGLERESP_get0_id(one)) != 1)
        continue;
      if (serial == NULL || ASN1_INTEGER_cmp(serial, X509_get0_serialNumber(certificate)) != 0) continue;
      ASN1_GENERALIZEDTIME *next = NULL;
      *status = OCSP_single_get0_status(one, NULL, NULL, NULL, &next);
      *next_update = 0;
      ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
      int days = 0, seconds = 0;
      if (next != NULL && epoch != NULL && ASN1_TIME_diff(&days, &seconds, epoch, next) == 1)
        *next_update = (int64_t)days * 86400 + seconds;
      ASN1_TIME_free(epoch);
      result = 0;
    }
  }
  OCSP_BASICRESP_free(basic);
  OCSP_RESPONSE_free(response);
  return result;
}

/// Without this an unexpected end of the connection would be an error of the library, not of the peer.
static const uint64_t copenssl_options =
    SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_IGNORE_UNEXPECTED_EOF |
    SSL_OP_PRIORITIZE_CHACHA;

/// Idle connections hold no buffers (34 KiB less each); with it or without, a request took the same time.
static const long copenssl_modes =
    SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS;
